Feature: Coming back
  A client that was cut off learns everything that it missed, or is told that it cannot.

  Background:
    Given the default world

  @clients
  Scenario: What was missed comes first, then what is new
    Given client A monitors 101
    When 101 calls 102
    And client A is cut off from 101
    And 102 answers
    And the client requests "hold" for 101
    And client A comes back to 101
    Then for client A, 101 has the events
      | eventtype | answering | holding |
      | connect   | 102       |         |
      | hold      |           | 101     |
      | resumed   |           |         |
    When the client requests "retrieve" for 101
    Then for client A, 101 has the events
      | eventtype | retrieving |
      | retrieve  | 101        |
    And for client A, 101 has no further events

  @clients
  Scenario: Where the journal cannot tell, a gap and the calls that there are
    Given client A monitors 101
    When 101 calls 102
    And client A is cut off from 101
    And client A comes back to 101, with the position of another server
    Then for client A, 101 has the events
      | eventtype | numcall |
      | gap       |         |
      | snapshot  | 1       |

  Scenario: The event stream of a browser
    Given client S reads the event stream of 101
    When 101 calls 102
    Then for client S, 101 has the events
      | eventtype | alerting |
      | alert     | 102      |
    When client S is cut off from 101
    And 102 answers
    And client S comes back to 101
    Then for client S, 101 has the events
      | eventtype | answering |
      | connect   | 102       |
      | resumed   |           |

  Scenario: What happened while the link was lost
    Given client A monitors 101
    And client S reads the event stream of 101
    When 101 calls 102
    And the link to the switch goes down
    And 101 hangs up
    And the link to the switch comes back
    Then for client A, 101 has the events
      | eventtype  | releasing |
      | alert      |           |
      | disconnect | 101       |
      | idle       |           |
    And for client S, 101 has the events
      | eventtype  | releasing |
      | alert      |           |
      | disconnect | 101       |
      | idle       |           |
