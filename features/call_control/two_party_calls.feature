Feature: Calls between two stations
  A program makes, answers, holds, retrieves and ends the calls of an extension.

  Background:
    Given the default world
    And a client monitors 101, 102

  Scenario: A call is made and rings
    When the client requests "makecall" for 101 with
      | destination | 102 |
    Then the response is a success
    And the response has
      | callid | A |
      | ucid   | U |
    And 101 has the events
      | eventtype | callid | origcalling | origcalled | calling | called | alerting | ucid |
      | alert     | A      | 101         | 102        | 101     | 102    | 102      | U    |
    And 102 has the events
      | eventtype | callid | origcalling | origcalled | calling | called | alerting | ucid | lastredirection |
      | offer     | A      | 101         | 102        | 101     | 102    | 102      | U    | ""              |
    And 101 has no further events
    And 102 has no further events

  @clients
  Scenario: A call is answered by a program
    When 101 calls 102
    And the client requests "answer" for 102
    Then the response is a success
    And the response has
      | callid | A |
    And 101 has the events
      | eventtype | callid | alerting | answering |
      | alert     | A      | 102      |           |
      | connect   | A      |          | 102       |
    And 102 has the events
      | eventtype | callid | alerting | answering |
      | offer     | A      | 102      |           |
      | connect   | A      |          | 102       |

  Scenario: A call is answered by the called person
    When 101 calls 102
    And 102 answers
    Then 101 has the events
      | eventtype | callid | answering |
      | alert     | A      |           |
      | connect   | A      | 102       |

  Scenario: Nobody answers a phone that does not ring
    When the client requests "answer" for 102
    Then the response fails with NO_CALL_TO_ANSWER

  Scenario: The oldest of two ringing calls is answered
    When 101 calls 102
    And 103 calls 102
    And the client requests "answer" for 102
    Then the response is a success
    And 102 has the events
      | eventtype | calling | callid |
      | offer     | 101     | A      |
      | offer     | 103     | B      |
      | connect   | 101     | A      |

  Scenario: The ringing call is picked by its caller
    When 101 calls 102
    And 103 calls 102
    And the client requests "answer" for 102 with
      | destination | 103 |
    Then the response is a success
    And 102 has the events
      | eventtype | calling | callid |
      | offer     | 101     | A      |
      | offer     | 103     | B      |
      | connect   | 103     | B      |

  @clients
  Scenario: An answered call that the caller holds and retrieves
    When 101 calls 102
    And 102 answers
    And the client requests "hold" for 101
    Then the response is a success
    And 101 has the events
      | eventtype | callid | holding | retrieving |
      | alert     | A      |         |            |
      | connect   | A      |         |            |
      | hold      | A      | 101     |            |
    When 8 seconds pass
    Then 101 has no further events
    When the client requests "retrieve" for 101
    Then the response is a success
    And 101 has the events
      | eventtype | callid | holding | retrieving |
      | retrieve  | A      |         | 101        |
    And 102 has the events
      | eventtype | callid | holding | retrieving |
      | offer     | A      |         |            |
      | connect   | A      |         |            |
      | hold      | A      | 101     |            |
      | retrieve  | A      |         | 101        |

  @clients
  Scenario: There is no call to hold
    When the client requests "hold" for 101
    Then the response fails with NO_ACTIVE_CALL

  Scenario: A call that rings cannot be held by the called party
    When 101 calls 102
    And the client requests "hold" for 102
    Then the response fails with NO_ACTIVE_CALL

  Scenario: There is no call to retrieve
    When 101 calls 102
    And 102 answers
    And the client requests "retrieve" for 101
    Then the response fails with NO_HELD_CALL

  Scenario: A held call waits while another one is active
    When 101 calls 102
    And 102 answers
    And the client requests "hold" for 101
    And 101 calls 103
    And 103 answers
    And the client requests "retrieve" for 101
    Then the response fails with RESOURCE_BUSY

  Scenario: The held call is picked by one of its parties
    When 101 calls 102
    And 102 answers
    And the client requests "hold" for 101
    And 101 calls 103
    And 103 answers
    And the client requests "hold" for 101
    And the client requests "retrieve" for 101 with
      | destination | 102 |
    Then the response is a success
    And 102 has the events
      | eventtype | callid | holding | retrieving |
      | offer     | A      |         |            |
      | connect   | A      |         |            |
      | hold      | A      | 101     |            |
      | retrieve  | A      |         | 101        |

  Scenario: Two held calls, and the request does not say which
    When 101 calls 102
    And 102 answers
    And the client requests "hold" for 101
    And 101 calls 103
    And 103 answers
    And the client requests "hold" for 101
    And the client requests "retrieve" for 101
    Then the response fails with AMBIGUOUS_CALL

  Scenario: A program hangs up
    When 101 calls 102
    And 102 answers
    And the client requests "hangup" for 101
    Then the response is a success
    And 101 has the events
      | eventtype  | callid | releasing | extension |
      | alert      | A      |           |           |
      | connect    | A      |           |           |
      | disconnect | A      | 101       |           |
      | idle       |        |           | 101       |
    And 102 has the events
      | eventtype  | callid | releasing | extension |
      | offer      | A      |           |           |
      | connect    | A      |           |           |
      | disconnect | A      | 101       |           |
      | disconnect | A      | 102       |           |
      | idle       |        |           | 102       |

  Scenario: There is nothing to hang up
    When the client requests "hangup" for 101
    Then the response fails with NO_CONNECTION_TO_CLEAR

  Scenario: A whole call is cleared
    When 101 calls 102
    And 102 answers
    And the client requests "clearcall" for 101 with
      | destination | 102 |
    Then the response is a success
    And 102 has the events
      | eventtype  | callid |
      | offer      | A      |
      | connect    | A      |
      | disconnect | A      |
    When the client requests "snapshot" for 102
    Then the response has
      | numcall | 0 |

  Scenario: Every call of an extension is cleared
    When 101 calls 102
    And 102 answers
    And the client requests "hold" for 101
    And 101 calls 103
    And the client requests "clearcall" for 101
    Then the response is a success
    When the client requests "snapshot" for 101
    Then the response has
      | numcall | 0 |

  Scenario: The called number does not exist
    When the client requests "makecall" for 101 with
      | destination | 199 |
    Then the response is a success
    And 101 has the events
      | eventtype | failing | called | cause |
      | fail      | 101     | 199    | 13    |

  Scenario: The caller does not exist
    When the client requests "makecall" for 998 with
      | destination | 102 |
    Then the response fails with INVALID_CSTA_DEVICE_IDENTIFIER

  Scenario: The caller is talking already
    When 101 calls 102
    And 102 answers
    And the client requests "makecall" for 101 with
      | destination | 103 |
    Then the response fails with RESOURCE_BUSY

  Scenario: A telephone that must be lifted by hand
    When the client requests "makecall" for 110 with
      | destination | 102 |
    Then there is no response yet
    When 3 seconds pass
    And 110 lifts the handset
    Then the response is a success
    And 102 has the events
      | eventtype | calling |
      | offer     | 110     |

  Scenario: Nobody lifts the telephone in time
    When the client requests "makecall" for 110 with
      | destination | 102 |
    And 5 seconds pass
    Then the response fails with GENERIC_STATE_INCOMPATIBILITY
    And 102 has no events

  Scenario: A ringing call is deflected
    Given a client monitors 103
    When 101 calls 102
    And the client requests "deflectcall" for 102 with
      | destination | 103 |
    Then the response is a success
    And 102 has the events
      | eventtype | callid | extension |
      | offer     | A      |           |
      | idle      |        | 102       |
    And 103 has the events
      | eventtype | callid | calling | called | alerting | lastredirection |
      | offer     | A      | 101     | 102    | 103      | 102             |

  Scenario: A call cannot be deflected to a number that does not exist
    When 101 calls 102
    And the client requests "deflectcall" for 102 with
      | destination | 199 |
    Then the response fails with INVALID_DESTINATION
    When the client requests "answer" for 102
    Then the response is a success

  Scenario: There is nothing to deflect
    When the client requests "deflectcall" for 102 with
      | destination | 103 |
    Then the response fails with INVALID_OBJECT_STATE

  Scenario: A ringing call is picked up elsewhere
    Given a client monitors 103
    When 101 calls 102
    And the client requests "pickupcall" for 102 with
      | destination | 103 |
    Then the response is a success
    And 103 has the events
      | eventtype | callid | called | alerting | lastredirection |
      | offer     | A      | 102    | 103      | 102             |

  Scenario: There is nothing to pick up
    When the client requests "pickupcall" for 102 with
      | destination | 103 |
    Then the response fails with INVALID_OBJECT_STATE

  Scenario: There is nothing to clear
    When the client requests "clearcall" for 101
    Then the response fails with NO_ACTIVE_CALL

  Scenario: Tones are sent into a call
    When 101 calls 102
    And 102 answers
    And the client requests "dtmf" for 101 with
      | dtmf | 12#A |
    Then the response is a success

  Scenario: Tones need a call
    When the client requests "dtmf" for 101 with
      | dtmf | 1 |
    Then the response fails with INVALID_OBJECT_STATE

  Scenario: Tones are digits
    When 101 calls 102
    And 102 answers
    And the client requests "dtmf" for 101 with
      | dtmf | hello |
    Then the response fails with VALUE_OUT_OF_RANGE

  Scenario: The calls of an extension are looked at
    When 101 calls 102
    And 102 answers
    And the client requests "snapshot" for 101
    Then the response has
      | extension                | 101     |
      | numcall                  | 1       |
      | list.1.callid            | A       |
      | list.1.state             | connect |
      | list.1.numparty          | 2       |
      | list.1.party.1.extension | 101     |
      | list.1.party.2.extension | 102     |
    And 101 has the events
      | eventtype | callid |
      | alert     | A      |

  Scenario: Tones of another length
    When 101 calls 102
    And 102 answers
    And the client requests "dtmf" for 101 with
      | dtmf          | 0*#D |
      | tonduration   | 100  |
      | pauseduration | 80   |
    Then the response is a success

  Scenario: A call is answered once
    When 101 calls 102
    And the client requests "answer" for 102
    Then the response is a success
    When the client requests "answer" for 102
    Then the response fails with NO_CALL_TO_ANSWER

  Scenario: A call that is not the extension's cannot be ended
    When 103 calls 104
    And the client requests "hangup" for 101 with
      | callid | 1 |
    Then the response is a refusal
    When the client requests "snapshot" for 103
    Then the response has
      | numcall | 1 |

  Scenario: The snapshot of an extension without calls
    When the client requests "snapshot" for 101
    Then the response has
      | extension | 101 |
      | numcall   | 0   |
