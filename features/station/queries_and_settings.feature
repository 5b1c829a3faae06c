Feature: Queries and settings
  What a program can ask of the switch, and what it can set on a station.

  Background:
    Given the default world

  Scenario: The time of day on the switch
    Given the default world, where
      """
      clock: {start: "2016-03-23T22:24:10Z"}
      """
    When 6 seconds pass
    And the client requests "querytimeofday"
    Then the response has
      | year   | 16 |
      | month  | 3  |
      | day    | 23 |
      | hour   | 22 |
      | minute | 24 |
      | second | 16 |

  Scenario: The name of a device
    When the client requests "querydevicename" for 101
    Then the response has
      | name | Peter |

  Scenario: What a device is
    When the client requests "querydeviceinfo" for 101
    Then the response has
      | associatedclass  | other |
      | associateddevice | ""    |
    When the client requests "login" for 101 with
      | agentid | 12345 |
      | passwd  | 67890 |
    And the client requests "querydeviceinfo" for 101
    Then the response has
      | associatedclass  | logicalagent |
      | associateddevice | 12345        |

  Scenario: Whether a station is busy
    When the client requests "querystationstatus" for 102
    Then the response has
      | busy | false |
    When 101 calls 102
    And 102 answers
    And the client requests "querystationstatus" for 102
    Then the response has
      | busy | true |

  Scenario: A trunk group fills up
    When the client requests "querytrunkgroup" with
      | tag | 405 |
    Then the response has
      | idletrunks | 120 |
      | usedtrunks | 0   |
    When 60123456 calls 101 from outside over trunk group 5
    And the client requests "querytrunkgroup" with
      | tag | 405 |
    Then the response has
      | idletrunks | 119 |
      | usedtrunks | 1   |

  Scenario: A trunk group that does not exist
    When the client requests "querytrunkgroup" with
      | tag | 499 |
    Then the response fails with INVALID_CSTA_DEVICE_IDENTIFIER

  Scenario: Call classifiers
    When the client requests "querycallclassifier"
    Then the response has
      | availport | 439 |
      | usedport  | 5   |

  Scenario: The identity of a call
    When the client requests "makecall" for 101 with
      | destination | 102 |
    Then the response has
      | callid | A |
      | ucid   | U |
    When the client requests "queryucid" with
      | callid | A |
    Then the response has
      | ucid | U |

  Scenario: A call that does not exist has no identity
    When the client requests "queryucid" with
      | callid | 9999 |
    Then the response is a refusal

  Scenario: Do not disturb
    Given the default world, where
      """
      stations: {102: {coveragePath: "5"}}
      """
    When the client requests "querydonotdisturb" for 102
    Then the response has
      | dnd | false |
    When the client requests "setdonotdisturb" for 102 with
      | dnd | true |
    Then the response is a success
    When the client requests "querydonotdisturb" for 102
    Then the response has
      | dnd | true |

  Scenario: Forwarding, and a call that is forwarded
    Given a client monitors 103
    When the client requests "setforwarding" for 102 with
      | destination | 103  |
      | fwd         | true |
    Then the response is a success
    When the client requests "queryforwarding" for 102
    Then the response has
      | destination | 103 |
    When 101 calls 102
    Then 103 has the events
      | eventtype | calling | called | alerting | lastredirection |
      | offer     | 101     | 102    | 103      | 102             |
    When the client requests "setforwarding" for 102 with
      | destination | 103   |
      | fwd         | false |
    And the client requests "queryforwarding" for 102
    Then the response has
      | destination | "" |

  Scenario: Forwarding to a number that does not exist
    When the client requests "setforwarding" for 102 with
      | destination | 199  |
      | fwd         | true |
    Then the response fails with INVALID_FORWARDING_DESTINATION

  Scenario: The message lamp
    When the client requests "setmsgwaitingind" for 101 with
      | ind | true |
    Then the response is a success
    When the client requests "querymsgwaitingind" for 101
    Then the response has
      | indicator | true |
    When the client requests "setmsgwaitingind" for 101 with
      | ind | false |
    And the client requests "querymsgwaitingind" for 101
    Then the response has
      | indicator | false |

  Scenario Outline: "<request>" for an extension that does not exist
    When the client requests "<request>" for 998
    Then the response fails with INVALID_CSTA_DEVICE_IDENTIFIER

    Examples:
      | request            |
      | querydevicename    |
      | querydeviceinfo    |
      | querystationstatus |
      | querydonotdisturb  |
      | queryforwarding    |
      | querymsgwaitingind |
      | queryagentstate    |
      | snapshot           |

  Scenario Outline: "<request>" for an extension that does not exist, with what it sets
    When the client requests "<request>" for 998 with
      | <key>       | true |
      | destination | 102  |
    Then the response fails with INVALID_CSTA_DEVICE_IDENTIFIER

    Examples:
      | request          | key |
      | setdonotdisturb  | dnd |
      | setforwarding    | fwd |
      | setmsgwaitingind | ind |

  Scenario Outline: "<request>" with a value that it does not know
    When the client requests "<request>" for 101 with
      | <key>       | perhaps |
      | destination | 102     |
    Then the response fails with MISTYPED_ARGUMENT_REJECTION

    Examples:
      | request          | key |
      | setdonotdisturb  | dnd |
      | setforwarding    | fwd |
      | setmsgwaitingind | ind |
