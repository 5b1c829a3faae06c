Feature: Every request through every door
  The same request may come over a WebSocket, as a posted object, or as a fetched URL.

  Background:
    Given the default world

  Scenario Outline: A call is made and answered <door>
    When <door>, the client requests "makecall" for 101 with
      | destination | 102 |
    Then the response is a success
    And the response has
      | callid | A |
    When <door>, the client requests "answer" for 102
    Then the response is a success
    And the response has
      | callid | A |

    Examples:
      | door             |
      | over WebSocket   |
      | over REST        |
      | as a fetched URL |

  Scenario Outline: The HTTP status says what kind of failure it is: <status>
    When over REST, the client requests "<request>" for <extension>
    Then the response is a refusal
    And the HTTP status is <status>

    Examples:
      | request  | extension | status |
      | hold     | 101       | 409    |
      | snapshot | 998       | 404    |
      | dance    | 101       | 404    |
      | makecall | 101       | 400    |

  Scenario: A forgotten key is named
    When the client requests "makecall" for 101
    Then the response fails with OBJECT_NOT_KNOWN

  Scenario: A request that does not exist
    When the client requests "dance" for 101
    Then the response fails with UNRECOGNIZED_OPERATION_REJECTION
