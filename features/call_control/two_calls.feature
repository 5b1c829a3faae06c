Feature: Two calls at one telephone
  A program says which call it means, or leaves it to the server where only one fits.

  Background:
    Given the default world
    And a client monitors 101
    And 101 talks to 102
    And the client requests "snapshot" for 101
    Then the response has
      | list.1.callid | A |

  Scenario: The call that is named is not in the state that is needed
    When the client requests "hold" for 101
    And 101 calls 103
    And 103 answers
    And the client requests "hold" for 101 with
      | callid | A |
    Then the response fails with NO_ACTIVE_CALL
    When the client requests "retrieve" for 101
    Then the response fails with RESOURCE_BUSY
    When the client requests "hangup" for 101 with
      | callid | A |
    Then the response is a refusal
    When the client requests "snapshot" for 101
    Then the response has
      | list.1.callid | A       |
      | list.1.state  | hold    |
      | list.2.state  | connect |

  Scenario: The call of another telephone is nobody's to touch
    Given a client monitors 104
    When 104 calls 105
    And 105 answers
    Then 104 has the events
      | eventtype | callid |
      | alert     | B      |
      | connect   | B      |
    When the client requests "hold" for 101 with
      | callid | B |
    Then the response fails with NO_ACTIVE_CALL
    When the client requests "hangup" for 101 with
      | callid | B |
    Then the response is a refusal
    When the client requests "clearcall" for 101 with
      | callid | B |
    Then the response is a refusal
    When the client requests "dropparty" for 101 with
      | callid | B   |
      | party  | 105 |
    Then the response is a refusal
    And 104 has no further events

  Scenario: The caller who rings is named, and another rings longer
    When the client requests "hold" for 101
    And 103 calls 101
    And 60123456 calls 101 from outside, call B
    And the client requests "answer" for 101 with
      | destination | 60123456 |
    Then the response is a success
    And the response has
      | callid | B |
    When the client requests "snapshot" for 101
    Then the response has
      | numcall      | 3       |
      | list.1.state | hold    |
      | list.2.state | alert   |
      | list.3.state | connect |

  Scenario: Alternating goes to and fro, and reconnecting ends the call that is active
    When the client requests "consultation" for 101 with
      | destination | 103 |
    And 103 answers
    And the client requests "alternate" for 101
    Then the response is a success
    When the client requests "snapshot" for 101
    Then the response has
      | list.1.callid | A       |
      | list.1.state  | connect |
      | list.2.state  | hold    |
    When the client requests "alternate" for 101
    And the client requests "reconnect" for 101
    Then the response is a success
    When the client requests "snapshot" for 101
    Then the response has
      | numcall       | 1       |
      | list.1.callid | A       |
      | list.1.state  | connect |
    When the client requests "snapshot" for 103
    Then the response has
      | numcall | 0 |

  Scenario: The second call of a telephone ends, and it is not idle
    When the client requests "hold" for 101
    And 101 calls 103
    And 103 answers
    And the events so far are of no interest
    And the client requests "hangup" for 101
    Then 101 has the events
      | eventtype  | callid | releasing |
      | disconnect | B      | 101       |
    And 101 has no further events
    When the client requests "retrieve" for 101
    And the client requests "hangup" for 101
    Then 101 has the events
      | eventtype  | callid | extension |
      | retrieve   | A      |           |
      | disconnect | A      |           |
      | idle       |        | 101       |
