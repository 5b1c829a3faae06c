Feature: Calls that a station does not take
  Coverage, forwarding, pickup and parking, as an application sees them: who rings, who sent the call there, who is told
  that it is over.

  Background:
    Given the default world

  Scenario: A call that finds the station busy is forwarded
    Given the default world, where
      """
      stations: {103: {callAppearances: 1, forwardBusy: "105"}}
      """
    And the client monitors 105
    And 103 lifts the handset
    When 101 calls 103
    Then 105 has the events
      | eventtype | calling | called | alerting | lastredirection |
      | offer     | 101     | 103    | 105      | 103             |

  Scenario: A call that is not answered is forwarded after three rings
    Given the client monitors 103 and 105
    And 103 forwards its calls to 105 when it does not answer
    When 101 calls 103
    And 17 seconds pass
    Then 105 has no events
    When 1 second passes
    Then 105 has the events
      | eventtype | lastredirection |
      | offer     | 103             |
    And 103 has the events
      | eventtype |
      | offer     |
      | idle      |

  Scenario: An active station is covered
    Given the default world, where
      """
      stations: {102: {coveragePath: "5"}}
      coveragePaths: {5: {points: ["109"], active: true}}
      """
    And the client monitors 109
    And 102 talks to 105
    When 101 calls 102
    Then 109 has the events
      | eventtype | called | lastredirection |
      | offer     | 102    | 102             |

  Scenario: Somebody else picks the call up
    Given the client monitors 101
    When 106 calls 102
    And 101 picks up the call that rings in its group
    Then 101 has the events
      | eventtype | answering | calling | lastredirection |
      | connect   | 101       | 106     | 102             |

  Scenario: The telephone whose call somebody else picked up rings no longer, whoever is monitored besides
    Given the client monitors 101, 102 and 103
    When 106 calls 102
    And 101 picks up the call that rings in its group
    Then 102 has the events
      | eventtype | alerting | answering |
      | offer     | 102      |           |
      | connect   |          | 101       |
      | idle      |          |           |
    And 101 has the events
      | eventtype | answering |
      | connect   | 101       |

  Scenario: A parked call is taken at another telephone
    Given the client monitors 101, 102 and 103
    And 102 talks to 101
    And the events so far are of no interest
    When 101 parks its call
    Then 101 has the events
      | eventtype  | releasing |
      | disconnect | 101       |
      | idle       |           |
    When 103 takes the call that is parked at 101
    Then 103 has the events
      | eventtype | answering | lastredirection |
      | connect   | 103       | 101             |
    And 102 has the events
      | eventtype  | releasing |
      | disconnect | 101       |
      | connect    |           |
    When 103 hangs up
    Then 102 has the events
      | eventtype  |
      | disconnect |
      | disconnect |
      | idle       |

  Scenario: A hunt group gives its calls to one station after the other
    Given the default world, where
      """
      skills: {221: {vectorControlled: false, hunting: circular, members: ["105", "106"], queueLength: 1}}
      """
    And the client monitors 105 and 106
    When 101 calls 221
    And 102 calls 221
    Then 105 has the events
      | eventtype | calling | called | lastredirection |
      | offer     | 101     | 221    | 221             |
    And 106 has the events
      | eventtype | calling | called | lastredirection |
      | offer     | 102     | 221    | 221             |

  Scenario: A call is answered where the station's line appears as well
    Given the default world, where
      """
      stations: {105: {bridged: ["103"]}}
      """
    And the client monitors 103 and 105
    When 101 calls 103
    And 105 answers
    Then 105 has the events
      | eventtype | calling | called | answering |
      | offer     | 101     | 103    |           |
      | connect   | 101     | 103    | 105       |
    And 103 has the events
      | eventtype | alerting | answering |
      | offer     | 103      |           |
      | alert     | 105      |           |
      | connect   |          | 105       |
      | idle      |          |           |

  Scenario: A transfer to a busy station is refused at once
    Given 101 talks to 102
    And 110 talks to 105
    When the client requests "transfer" for 101 with
      | destination | 110 |
    Then the response fails with RESOURCE_BUSY
    When the client requests "snapshot" for 101
    Then the response has
      | numcall      | 1       |
      | list.0.state | connect |
