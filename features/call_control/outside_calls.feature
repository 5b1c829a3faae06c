Feature: Calls from outside and to the outside
  Trunks bring calls in and take them out; an outside party acts for itself.

  Background:
    Given the default world
    And a client monitors 101

  Scenario: Somebody calls in, is answered and hangs up
    When 60123456 calls 101 from outside over trunk group 5, call A
    Then 101 has the events
      | eventtype | callid | origcalling | origcalled | calling  | called | alerting | trunkgroup | trunkmember |
      | offer     | A      | 60123456    | 101        | 60123456 | 101    | 101      | 5          | M           |
    When 101 answers
    Then 101 has the events
      | eventtype | callid | calling  | answering | trunkgroup | trunkmember |
      | connect   | A      | 60123456 | 101       | 5          | M           |
    When the outside party of A hangs up
    Then 101 has the events
      | eventtype  | callid | releasing | extension |
      | disconnect | A      | T<A>#1    |           |
      | disconnect | A      | 101       |           |
      | idle       |        |           | 101       |

  Scenario: A caller without a number
    When somebody without a number calls 101 from outside over trunk group 8, call A
    Then 101 has the events
      | eventtype | callid | calling | trunkgroup |
      | offer     | A      | T<A>#1  | 8          |

  Scenario: A call goes out, rings there, is answered there
    When the client requests "makecall" for 101 with
      | destination | 967896789 |
    Then the response is a success
    And the response has
      | callid | A |
    And 101 has no events
    When the outside party of A rings
    Then 101 has the events
      | eventtype | callid | calling | called   | trunkgroup |
      | alert     | A      | 101     | 67896789 | 5          |
    When the outside party of A answers
    Then 101 has the events
      | eventtype | callid | called   | answering | trunkgroup |
      | connect   | A      | 67896789 | T<A>#2    | 5          |
    When the client requests "hangup" for 101
    Then 101 has the events
      | eventtype  | callid | releasing |
      | disconnect | A      | 101       |
      | idle       |        |           |

  Scenario: The outside party is busy
    When the client requests "makecall" for 101 with
      | destination | 967896789 |
    Then the response has
      | callid | A |
    When the outside party of A is busy
    Then 101 has the events
      | eventtype | callid | called   | cause |
      | fail      | A      | 67896789 | 3     |

  Scenario: The caller gives up
    When 60123456 calls 101 from outside, call A
    And the outside party of A hangs up
    Then 101 has the events
      | eventtype  | callid | releasing |
      | offer      | A      |           |
      | disconnect | A      | T<A>#1    |
      | disconnect | A      | 101       |
      | idle       |        |           |

  Scenario: A trunk call goes to a colleague
    Given a client monitors 102
    When 60123456 calls 101 from outside, call A
    And 101 answers
    And the client requests "consultation" for 101 with
      | destination | 102 |
    And 102 answers
    And the client requests "transfer" for 101
    Then the response is a success
    And 102 has the events
      | eventtype | callid | origcalling | calling | called | trunkgroup | party1 | party2   |
      | offer     | B      | 60123456    | 101     | 102    | 5          |        |          |
      | connect   | B      | 60123456    | 101     | 102    | 5          |        |          |
      | transfer  |        |             |         |        | 5          | 102    | T<B>#<N> |

  Scenario: All trunks are taken
    Given the default world, where
      """
      trunkGroups: {5: {busy: ["1-120"]}}
      dialPlan: {9: {trunkGroups: ["5"]}}
      """
    And client B monitors 101
    When client B requests "makecall" for 101 with
      | destination | 967896789 |
    Then for client B, 101 has the events
      | eventtype | cause |
      | fail      | 33    |
