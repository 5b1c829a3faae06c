Feature: Numbers for tests
  Numbers of the default world that behave the same way every time.

  Background:
    Given the default world
    And a client monitors 101

  Scenario Outline: A number that stands for a failure
    When the client requests "makecall" for 101 with
      | destination | <number> |
    Then the response fails with <failure>

    Examples:
      | number | failure                        |
      | 9012   | INVALID_CSTA_DEVICE_IDENTIFIER |
      | 9033   | RESOURCE_BUSY                  |

  Scenario: A number that is busy
    When the client requests "makecall" for 101 with
      | destination | 9100 |
    Then the response is a success
    And 101 has the events
      | eventtype |
      | fail      |

  Scenario: A number that answers after eight seconds
    When the client requests "makecall" for 101 with
      | destination | 9308 |
    And 7 seconds pass
    Then 101 has the events
      | eventtype |
      | alert     |
    When 1 second passes
    Then 101 has the events
      | eventtype |
      | connect   |

  Scenario: A number that does not answer
    When the client requests "makecall" for 101 with
      | destination | 9200 |
    And 60 seconds pass
    Then 101 has the events
      | eventtype |
      | alert     |

  Scenario: A number that rings and is never answered
    When the client requests "makecall" for 101 with
      | destination | 9207 |
    And 120 seconds pass
    Then 101 has the events
      | eventtype |
      | alert     |
