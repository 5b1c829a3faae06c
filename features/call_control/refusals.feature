Feature: Refusals tell what is wrong
  What cannot be done is refused with its name, with what was asked, and with what to do; nothing has changed.

  Background:
    Given the default world

  Scenario: An extension that does not exist, by every door
    When over REST, the client requests "snapshot" for 998
    Then the HTTP status is 404
    And the response has
      | error | INVALID_CSTA_DEVICE_IDENTIFIER: snapshot (extension 998): there is no such device on the switch, or not of a kind that takes this request |
    When as a fetched URL, the client requests "querydevicename" for 998
    Then the HTTP status is 404
    And the response has
      | error | INVALID_CSTA_DEVICE_IDENTIFIER: querydevicename (extension 998): there is no such device on the switch, or not of a kind that takes this request |

  Scenario: A quoted number is judged as one without quotes
    When as a fetched URL, the client requests "hold" for 101 with
      | callid | -1 |
    Then the HTTP status is 400
    And the response fails with VALUE_OUT_OF_RANGE

  Scenario: Nobody is logged in
    When over REST, the client requests "setstate" for 101 with
      | state | auto |
    Then the HTTP status is 409
    And the response has
      | error     | INVALID_OBJECT_STATE: setstate (extension 101, state auto): no agent is logged in there, or the telephone is out of service |
      | errorcode | 22                                                                                                                           |
    When the client requests "logout" for 101 with
      | agentid | 12345 |
      | passwd  | 67890 |
    Then the response has
      | error | GENERIC_UNSPECIFIED: logout (extension 101, agentid 12345): that agent is not logged in there |

  Scenario: An agent logs in twice
    When the client requests "login" for 101 with
      | agentid | 12345 |
      | passwd  | 67890 |
    And the client requests "login" for 102 with
      | agentid | 12345 |
      | passwd  | 67890 |
    Then the response has
      | error | GENERIC_OPERATION: login (extension 102, agentid 12345): an agent is logged in there already, or that agent elsewhere; log out first |
    When the client requests "setstate" for 101 with
      | state      | acw |
      | reasoncode | 1   |
    Then the response has
      | error | INVALID_OBJECT_TYPE: setstate (extension 101, state acw, reasoncode 1): only aux takes a reason code |
    When the client requests "setstate" for 101 with
      | state | aux |
    Then the response has
      | error | GENERIC_OPERATION: setstate (extension 101, state aux): the agent is in that state already |

  Scenario: A wrong password is told, and never repeated
    When the client requests "login" for 101 with
      | agentid | 12345 |
      | passwd  | 11111 |
    Then the response has
      | error | GENERIC_UNSPECIFIED: login (extension 101, agentid 12345): the switch knows no such agent with that password, or the telephone must be off-hook first |
