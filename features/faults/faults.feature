Feature: Faults of the switch and of the way to it
  What an application must cope with, on demand: refusals, lost and late answers, lost and doubled events, outages.

  Background:
    Given the default world
    And a client monitors 101, 102

  Scenario: The switch refuses one request
    Given 101 talks to 102
    And the fault
      | fault   | refuse               |
      | service | HoldCall             |
      | device  | 101                  |
      | cause   | INVALID_OBJECT_STATE |
      | count   | 1                    |
    When the client requests "hold" for 101
    Then the response fails with INVALID_OBJECT_STATE
    When the client requests "hold" for 101
    Then the response is a success

  Scenario: A lost confirmation
    Given the fault
      | fault   | lose     |
      | service | MakeCall |
      | count   | 1        |
    When the client requests "makecall" for 101 with
      | destination | 102 |
    Then there is no response yet
    When 8 seconds pass
    Then the response fails with SWITCH_TIMEOUT
    When the client requests "snapshot" for 101
    Then the response has
      | numcall | 1 |

  Scenario: A late confirmation
    Given the fault
      | fault   | delay    |
      | service | MakeCall |
      | seconds | 3        |
    When the client requests "makecall" for 101 with
      | destination | 102 |
    Then there is no response yet
    When 3 seconds pass
    Then the response is a success

  Scenario: A confirmation that comes too late is for nobody
    Given the fault
      | fault   | delay    |
      | service | MakeCall |
      | seconds | 9        |
      | count   | 1        |
    When the client requests "makecall" for 101 with
      | destination | 102 |
    And 8 seconds pass
    Then the response fails with SWITCH_TIMEOUT
    When the client requests "clearcall" for 101
    Then the response is a success
    When 10 seconds pass
    And the client requests "makecall" for 101 with
      | destination | 103 |
    Then the response is a success

  Scenario: An event comes twice
    Given the fault
      | fault   | duplicate |
      | on      | event     |
      | service | Delivered |
      | device  | 102       |
    When 101 calls 102
    And 102 answers
    And 102 hangs up
    And the client requests "snapshot" for 102
    Then the response has
      | numcall | 0 |

  Scenario: The AES restarts
    Given 101 talks to 102
    And the fault
      | fault   | aesrestart |
      | lasting | 20         |
    When the client requests "hold" for 101
    Then the response fails with LINK_DOWN
    When 90 seconds pass
    And the client requests "hold" for 101
    Then the response is a success

  Scenario: The connection to the AES is cut
    Given 101 talks to 102
    And the fault
      | fault | streamcut |
    When 5 seconds pass
    And the client requests "hold" for 101
    Then the response is a success

  Scenario: A station goes out of service for a while
    Given the fault
      | fault   | stationout |
      | station | 102        |
      | lasting | 30         |
    When the client requests "makecall" for 102 with
      | destination | 101 |
    Then the response is a refusal
    When 31 seconds pass
    And the client requests "makecall" for 102 with
      | destination | 101 |
    Then the response is a success

  Scenario: All trunks of a group are taken
    Given the fault
      | fault      | trunksfull |
      | trunkgroup | 10         |
      | lasting    | 60         |
    When the client requests "querytrunkgroup" with
      | tag | 410 |
    Then the response has
      | idletrunks | 0 |
    When 60 seconds pass
    And the client requests "querytrunkgroup" with
      | tag | 410 |
    Then the response has
      | usedtrunks | 0 |

  Scenario: A lost event
    Given the fault
      | fault   | lose      |
      | on      | event     |
      | service | Delivered |
      | device  | 102       |
      | count   | 1         |
    When 101 calls 102
    And 102 answers
    Then 102 has the events
      | eventtype |
      | connect   |

  Scenario: A late event
    Given the fault
      | fault   | delay       |
      | on      | event       |
      | service | Established |
      | device  | 101         |
      | seconds | 4           |
    When 101 calls 102
    And 102 answers
    Then 101 has the events
      | eventtype |
      | alert     |
    When 4 seconds pass
    Then 101 has the events
      | eventtype |
      | connect   |

  Scenario: Events of two stations in another order
    Given the fault
      | fault   | reorder     |
      | service | Established |
      | device  | 101         |
      | count   | 1           |
    When 101 calls 102
    And 102 answers
    Then 101 has the events
      | eventtype |
      | alert     |
      | connect   |
    And 102 has the events
      | eventtype |
      | offer     |
      | connect   |

  Scenario: A confirmation that comes twice is an answer to one request
    Given the fault
      | fault   | duplicate |
      | service | MakeCall  |
    When the client requests "makecall" for 101 with
      | destination | 102 |
    Then the response is a success
    When the client requests "snapshot" for 101
    Then the response has
      | numcall | 1 |

  Scenario: A request that is lost on its way
    Given 101 talks to 102
    And the events so far are of no interest
    And the fault
      | fault   | lose     |
      | on      | request  |
      | service | HoldCall |
      | count   | 1        |
    When the client requests "hold" for 101
    Then there is no response yet
    When 8 seconds pass
    Then the response fails with SWITCH_TIMEOUT
    And 101 has no further events

  Scenario: A request that is late on its way
    Given 101 talks to 102
    And the events so far are of no interest
    And the fault
      | fault   | delay                |
      | on      | request              |
      | service | HoldCall             |
      | seconds | {lognormal: [2, 0]}  |
    When the client requests "hold" for 101
    Then there is no response yet
    And 101 has no further events
    When 2 seconds pass
    Then the response is a success
    And 101 has the events
      | eventtype |
      | hold      |

  Scenario: A delay by chance
    Given the fault
      | fault   | delay             |
      | service | MakeCall          |
      | seconds | {uniform: [2, 5]} |
    When the client requests "makecall" for 101 with
      | destination | 102 |
    And 1.9 seconds pass
    Then there is no response yet
    When 3.2 seconds pass
    Then the response is a success

  Scenario: A rule that never meets, and one for another call
    Given 101 talks to 102
    And the fault
      | fault       | refuse   |
      | service     | HoldCall |
      | probability | 0        |
    And the fault
      | fault   | refuse   |
      | service | HoldCall |
      | call    | 9999     |
    When the client requests "hold" for 101
    Then the response is a success

  Scenario: The link is down for a while
    Given the fault
      | fault   | linkdown |
      | lasting | 20       |
    When the client requests "makecall" for 101 with
      | destination | 102 |
    Then the response fails with LINK_DOWN
    When 60 seconds pass
    And the client requests "makecall" for 101 with
      | destination | 102 |
    Then the response is a success

  Scenario: The switch answers nothing for a while
    Given the fault
      | fault   | stall |
      | lasting | 5     |
    When the client requests "makecall" for 101 with
      | destination | 102 |
    Then there is no response yet
    When 8 seconds pass
    Then the response fails with SWITCH_TIMEOUT
    When 30 seconds pass
    And the client requests "makecall" for 101 with
      | destination | 102 |
    Then the response is a success
