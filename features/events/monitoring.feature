Feature: Monitoring
  Programs watch extensions; each gets what it asked for, and none delays another.

  Background:
    Given the default world

  Scenario: Two clients on one extension
    Given client A monitors 101
    And client B monitors 101
    When 101 calls 102
    Then for client A, 101 has the events
      | eventtype | alerting | referenceid |
      | alert     | 102      | R           |
    And for client B, 101 has the events
      | eventtype | alerting | referenceid |
      | alert     | 102      | R           |

  @clients
  Scenario: One of two clients stops
    Given client A monitors 101
    And client B monitors 101
    When client A stops monitoring 101
    And 101 calls 102
    Then for client A, 101 has no events
    And for client B, 101 has the events
      | eventtype | alerting |
      | alert     | 102      |

  Scenario: An extension that does not exist cannot be monitored
    When the client requests "startmonitor" for 998
    Then the response fails with INVALID_CSTA_DEVICE_IDENTIFIER

  Scenario: Monitoring begins during a call
    When 101 calls 102
    And 102 answers
    Given a client monitors 101
    Then 101 has no events
    When the client requests "hold" for 101
    Then the response is a success
    And 101 has the events
      | eventtype | holding |
      | hold      | 101     |

  Scenario: Requests need no monitor
    When 101 calls 102
    And the client requests "answer" for 102
    Then the response is a success
    When the client requests "hold" for 102
    Then the response is a success
    When the client requests "retrieve" for 102
    Then the response is a success
    When the client requests "hangup" for 102
    Then the response is a success

  Scenario: A slow client is told and disconnected, and nobody waits for it
    Given a server whose clients may be 20 messages behind
    And client Slow monitors 101, reading slowly
    And client Quick monitors 101
    And 101 talks to 102
    When client Slow stops reading the events of 101
    And 101 is held and retrieved 150 times
    Then for client Quick, 101 has 300 new events
    When client Slow reads the events of 101 again
    Then client Slow was too slow for the events of 101 and is disconnected

  Scenario: The link to the switch fails
    Given a client monitors 101
    When the link to the switch goes down
    And over REST, the client requests "hold" for 101
    Then the HTTP status is 503
    When the link to the switch comes back
    And 101 calls 102
    Then 101 has the events
      | eventtype | alerting |
      | alert     | 102      |
