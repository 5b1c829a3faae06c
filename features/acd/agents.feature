Feature: Agents
  An agent logs in, becomes available, takes calls, works after them, pauses and logs out.

  Background:
    Given the default world
    And a client monitors 101

  Scenario: From login to logout
    When the client requests "login" for 101 with
      | agentid | 12345 |
      | passwd  | 67890 |
    Then the response is a success
    When the client requests "queryagentstate" for 101
    Then the response has
      | skillmode  | aux  |
      | talkstate  | idle |
      | reasoncode | 0    |
    When the client requests "setstate" for 101 with
      | state | auto |
    And the client requests "queryagentstate" for 101
    Then the response has
      | skillmode | auto |
    When 60123456 calls 700 from outside, call A
    And 3 seconds pass
    And 101 answers
    Then 101 has the events
      | eventtype | callid | calling  | called | split |
      | offer     | A      | 60123456 | 700    | 201   |
      | connect   | A      | 60123456 | 700    | 201   |
    When the client requests "queryagentstate" for 101
    Then the response has
      | talkstate | busy |
    When the outside party of A hangs up
    And the client requests "setstate" for 101 with
      | state | acw |
    Then the response is a success
    When the client requests "queryagentstate" for 101
    Then the response has
      | skillmode | acw  |
      | talkstate | idle |
    When the client requests "setstate" for 101 with
      | state      | aux |
      | reasoncode | 1   |
    And the client requests "queryagentstate" for 101
    Then the response has
      | skillmode  | aux |
      | reasoncode | 1   |
    When the client requests "logout" for 101 with
      | agentid | 12345 |
      | passwd  | 67890 |
    Then the response is a success
    When the client requests "queryagentstate" for 101
    Then the response has
      | skillmode | null |

  Scenario: Available after each call by hand
    When the client requests "login" for 101 with
      | agentid | 12345 |
      | passwd  | 67890 |
    And the client requests "setstate" for 101 with
      | state | manual |
    And 60123456 calls 700 from outside, call A
    And 3 seconds pass
    And 101 answers
    And the outside party of A hangs up
    And the client requests "queryagentstate" for 101
    Then the response has
      | skillmode | acw |

  Scenario: A wrong password
    When the client requests "login" for 101 with
      | agentid | 12345 |
      | passwd  | 1     |
    Then the response fails with GENERIC_UNSPECIFIED

  Scenario: Somebody who is not logged in has no state to set
    When the client requests "setstate" for 101 with
      | state | auto |
    Then the response is a refusal

  Scenario: The state that the agent is in already
    When the client requests "login" for 101 with
      | agentid | 12345 |
      | passwd  | 67890 |
    And the client requests "setstate" for 101 with
      | state | auto |
    And the client requests "setstate" for 101 with
      | state | auto |
    Then the response fails with GENERIC_OPERATION

  Scenario: A state that does not exist
    When the client requests "setstate" for 101 with
      | state | asleep |
    Then the response fails with VALUE_OUT_OF_RANGE

  Scenario: Nobody logs out while talking
    When the client requests "login" for 101 with
      | agentid | 12345 |
      | passwd  | 67890 |
    And the client requests "setstate" for 101 with
      | state | auto |
    And 60123456 calls 700 from outside
    And 3 seconds pass
    And 101 answers
    And the client requests "logout" for 101 with
      | agentid | 12345 |
      | passwd  | 67890 |
    Then the response fails with RESOURCE_BUSY

  Scenario: What a split knows of its agents and calls
    When the client requests "login" for 101 with
      | agentid | 12345 |
      | passwd  | 67890 |
    And the client requests "login" for 102 with
      | agentid | 12346 |
      | passwd  | 67891 |
    And the client requests "setstate" for 102 with
      | state | auto |
    And the client requests "queryacdsplit" with
      | split | 201 |
    Then the response has
      | agentslogon     | 2 |
      | agentsavailable | 1 |
      | callsqueue      | 0 |
    When the client requests "queryagentlogin" with
      | split | 201 |
    Then the response has
      | split            | 201 |
      | numextension     | 2   |
      | list.1.extension | 101 |
      | list.2.extension | 102 |

  Scenario: Calls wait when nobody is available
    When 60123456 calls 700 from outside
    And 3 seconds pass
    And the client requests "queryacdsplit" with
      | split | 201 |
    Then the response has
      | callsqueue | 1 |
    When the client requests "login" for 101 with
      | agentid | 12345 |
      | passwd  | 67890 |
    And the client requests "setstate" for 101 with
      | state | auto |
    Then 101 has the events
      | eventtype | calling  | split |
      | offer     | 60123456 | 201   |

  Scenario: A split that does not exist
    When the client requests "queryacdsplit" with
      | split | 299 |
    Then the response fails with INVALID_CSTA_DEVICE_IDENTIFIER

  Scenario: The agents of a split that does not exist
    When the client requests "queryagentlogin" with
      | split | 299 |
    Then the response fails with INVALID_CSTA_DEVICE_IDENTIFIER

  Scenario: An agent who does not exist
    When the client requests "login" for 101 with
      | agentid | 99999 |
      | passwd  | 1     |
    Then the response is a refusal

  Scenario: An agent is at one extension only
    When the client requests "login" for 101 with
      | agentid | 12345 |
      | passwd  | 67890 |
    And the client requests "login" for 102 with
      | agentid | 12345 |
      | passwd  | 67890 |
    Then the response is a refusal
    When the client requests "queryagentlogin" with
      | split | 201 |
    Then the response has
      | numextension     | 1   |
      | list.1.extension | 101 |

  Scenario: Nobody logs out who is not logged in
    When the client requests "logout" for 101 with
      | agentid | 12345 |
      | passwd  | 67890 |
    Then the response is a refusal
