Feature: Consultation, transfer and conference
  A program brings the parties of two calls together, or adds a party to one.

  Background:
    Given the default world
    And a client monitors 101, 102, 103

  Scenario: A consultation holds the first call
    When 101 calls 102
    And 102 answers
    And the client requests "consultation" for 101 with
      | destination | 103 |
    Then the response is a success
    And the response has
      | primarycallid   | A |
      | secondarycallid | B |
      | ucid            | U |
    And 101 has the events
      | eventtype | callid | holding | calling | called | ucid |
      | alert     | A      |         | 101     | 102    |      |
      | connect   | A      |         | 101     | 102    |      |
      | hold      | A      | 101     |         |        |      |
      | alert     | B      |         | 101     | 103    | U    |
    And 103 has the events
      | eventtype | callid | calling | called | ucid |
      | offer     | B      | 101     | 103    | U    |

  Scenario: A consultation needs a call
    When the client requests "consultation" for 101 with
      | destination | 103 |
    Then the response fails with NO_ACTIVE_CALL

  Scenario: A consultation shows the consulted party who called first
    When 60123456 calls 101 from outside
    And 101 answers
    And the client requests "consultation" for 101 with
      | destination | 103 |
    Then 103 has the events
      | eventtype | calling | called | origcalling | origcalled |
      | offer     | 101     | 103    | 60123456    | 101        |

  Scenario: After the consultation the first call is taken up again
    When 101 calls 102
    And 102 answers
    And the client requests "consultation" for 101 with
      | destination | 103 |
    And 103 answers
    And the events so far are of no interest
    And the client requests "reconnect" for 101
    Then the response is a success
    And 101 has the events
      | eventtype  | releasing | retrieving |
      | disconnect | 101       |            |
      | retrieve   |           | 101        |
    And 103 has the events
      | eventtype  | releasing | extension |
      | disconnect | 101       |           |
      | disconnect | 103       |           |
      | idle       |           | 103       |

  Scenario: There is no held call to go back to
    When 101 calls 102
    And 102 answers
    And the client requests "reconnect" for 101
    Then the response fails with NO_HELD_CALL

  Scenario: Talking to two parties in turn
    When 101 calls 102
    And 102 answers
    And the client requests "consultation" for 101 with
      | destination | 103 |
    And 103 answers
    And the events so far are of no interest
    And the client requests "alternate" for 101
    Then the response is a success
    And 101 has the events
      | eventtype | callid | holding | retrieving |
      | hold      | B      | 101     |            |
      | retrieve  | A      |         | 101        |

  Scenario: There is no second call to alternate with
    When 101 calls 102
    And 102 answers
    And the client requests "alternate" for 101
    Then the response fails with NO_HELD_CALL

  @clients
  Scenario: Consultation, then transfer
    When 101 calls 102
    And 102 answers
    And the client requests "consultation" for 101 with
      | destination | 103 |
    And 103 answers
    And the events so far are of no interest
    And the client requests "transfer" for 101
    Then the response is a success
    And 101 has the events
      | eventtype | primarycallid | secondarycallid | transferring | transferred | extension |
      | transfer  | A             | B               | 101          | 103         |           |
      | idle      |               |                 |              |             | 101       |
    And 102 has the events
      | eventtype | primarycallid | secondarycallid | transferring | transferred |
      | transfer  | A             | B               | 101          | 103         |
    And 103 has the events
      | eventtype | primarycallid | secondarycallid | transferring | transferred |
      | transfer  | A             | B               | 101          | 103         |
    When the client requests "snapshot" for 102
    Then the response has
      | list.1.callid            | B       |
      | list.1.state             | connect |
      | list.1.party.2.extension | 103     |

  Scenario: Transfer in one step
    When 101 calls 102
    And 102 answers
    And the events so far are of no interest
    And the client requests "transfer" for 101 with
      | destination | 103 |
    Then the response is a success
    And 103 has the events
      | eventtype | calling | transferring |
      | offer     | 101     |              |
      | transfer  |         | 101          |
    When 103 answers
    And the client requests "snapshot" for 103
    Then the response has
      | list.1.numparty | 2 |

  Scenario: Transfer without the old party being asked again
    When 101 calls 102
    And 102 answers
    And the client requests "singlesteptransfer" for 101 with
      | destination | 103 |
    Then the response is a success
    And the response has
      | callid | A |
    And 103 has the events
      | eventtype | callid | calling | called |
      | offer     | A      | 102     | 103    |

  Scenario: There is no call to transfer
    When the client requests "transfer" for 101 with
      | destination | 103 |
    Then the response fails with NO_ACTIVE_CALL

  Scenario: A transfer needs to know where to
    When 101 calls 102
    And 102 answers
    And the client requests "transfer" for 101
    Then the response fails with NO_HELD_CALL

  @clients
  Scenario: Consultation, then conference
    When 101 calls 102
    And 102 answers
    And the client requests "consultation" for 101 with
      | destination | 103 |
    And 103 answers
    And the events so far are of no interest
    And the client requests "conference" for 101
    Then the response is a success
    And 102 has the events
      | eventtype  | primarycallid | secondarycallid | controller | addedparty |
      | conference | A             | B               | 101        | 103        |
    When the client requests "snapshot" for 101
    Then the response has
      | numcall         | 1 |
      | list.1.callid   | B |
      | list.1.numparty | 3 |

  Scenario: A party is dropped from the conference
    When 101 calls 102
    And 102 answers
    And the client requests "singlestepconference" for 101 with
      | devicetojoin | 103    |
      | type         | active |
    And the events so far are of no interest
    And the client requests "dropparty" for 101 with
      | party | 102 |
    Then the response is a success
    And 101 has the events
      | eventtype  | releasing |
      | disconnect | 102       |
    And 102 has the events
      | eventtype  | releasing | extension |
      | disconnect | 102       |           |
      | idle       |           | 102       |

  Scenario: A party that is not on the call cannot be dropped
    When 101 calls 102
    And 102 answers
    And the client requests "dropparty" for 101 with
      | party | 105 |
    Then the response fails with NO_CONNECTION_TO_CLEAR

  Scenario: Conference in one step
    When 101 calls 102
    And 102 answers
    And the events so far are of no interest
    And the client requests "conference" for 101 with
      | destination | 103 |
    Then the response is a success
    When 103 answers
    And the client requests "snapshot" for 101
    Then the response has
      | list.1.numparty | 3 |

  Scenario Outline: A third party joins a call <how>
    When 101 calls 102
    And 102 answers
    And the events so far are of no interest
    And the client requests "singlestepconference" for 101 with
      | devicetojoin | 103    |
      | type         | <type> |
    Then the response is a success
    And the response has
      | callid | A |
    And 103 has the events
      | eventtype | callid | answering |
      | connect   | A      | 103       |
    And 102 has the events
      | eventtype | callid | answering |
      | connect   | A      | 103       |

    Examples:
      | how       | type    |
      | to talk   | active  |
      | to listen | passive |

  Scenario: Nobody can join when there is no call
    When the client requests "singlestepconference" for 101 with
      | devicetojoin | 103    |
      | type         | active |
    Then the response fails with INVALID_OBJECT_STATE

  Scenario: A station that is talking cannot be joined
    When 101 calls 102
    And 102 answers
    And 103 calls 104
    And 104 answers
    And the client requests "singlestepconference" for 101 with
      | devicetojoin | 103    |
      | type         | active |
    Then the response fails with RESOURCE_BUSY

  Scenario: Six parties are a conference, the seventh is refused
    When 101 calls 102
    And 102 answers
    And the client requests "singlestepconference" for 101 with
      | devicetojoin | 103    |
      | type         | active |
    And the client requests "singlestepconference" for 101 with
      | devicetojoin | 104    |
      | type         | active |
    And the client requests "singlestepconference" for 101 with
      | devicetojoin | 105    |
      | type         | active |
    And the client requests "singlestepconference" for 101 with
      | devicetojoin | 106    |
      | type         | active |
    Then the response is a success
    When the client requests "snapshot" for 101
    Then the response has
      | list.1.numparty | 6 |
    When the client requests "singlestepconference" for 101 with
      | devicetojoin | 107    |
      | type         | active |
    Then the response fails with CONFERENCE_MEMBER_LIMIT_EXCEEDED

  Scenario Outline: A party is not heard for a while: <party>
    When 101 calls 102
    And 102 answers
    And the client requests "selectivelisteninghold" for 101 with
      | party | <party> |
    Then the response is a success
    When the client requests "selectivelisteningretrieve" for 101 with
      | party | <party> |
    Then the response is a success

    Examples:
      | party |
      | 102   |
      | all   |

  Scenario: Listening needs a call
    When the client requests "selectivelisteninghold" for 101 with
      | party | all |
    Then the response fails with INVALID_OBJECT_STATE

  Scenario: Who was never silenced cannot be heard again
    When 101 calls 102
    And 102 answers
    And the client requests "selectivelisteningretrieve" for 101 with
      | party | 102 |
    Then the response fails with INVALID_OBJECT_STATE

  Scenario: A party that is not on the call cannot be silenced
    When 101 calls 102
    And 102 answers
    And the client requests "selectivelisteninghold" for 101 with
      | party | 105 |
    Then the response fails with INVALID_CSTA_CONNECTION_IDENTIFIER

  Scenario: There is no call to make a conference of
    When the client requests "conference" for 101 with
      | destination | 103 |
    Then the response fails with NO_ACTIVE_CALL

  Scenario: A conference needs to know whom to add
    When 101 calls 102
    And 102 answers
    And the client requests "conference" for 101
    Then the response fails with NO_HELD_CALL

  Scenario: Who cannot be reached is not added, and the call goes on
    When 101 calls 102
    And 102 answers
    And the client requests "conference" for 101 with
      | destination | 199 |
    Then the response fails with INVALID_DESTINATION
    When the client requests "snapshot" for 101
    Then the response has
      | numcall         | 1       |
      | list.1.state    | connect |
      | list.1.numparty | 2       |

  Scenario: A transfer to a number that does not exist gives the call back
    When 101 calls 102
    And 102 answers
    And the client requests "transfer" for 101 with
      | destination | 199 |
    Then the response fails with INVALID_DESTINATION
    When the client requests "snapshot" for 101
    Then the response has
      | numcall      | 1       |
      | list.1.state | connect |

  Scenario Outline: Nobody is the destination of his own "<request>"
    When 101 calls 102
    And 102 answers
    And the client requests "<request>" for 101 with
      | <key> | 101 |
    Then the response fails with <failure>
    When the client requests "snapshot" for 101
    Then the response has
      | list.1.state    | connect |
      | list.1.numparty | 2       |

    Examples:
      | request              | key          | failure                          |
      | transfer             | destination  | GENERIC_STATE_INCOMPATIBILITY    |
      | conference           | destination  | GENERIC_STATE_INCOMPATIBILITY    |
      | singlesteptransfer   | destination  | GENERIC_STATE_INCOMPATIBILITY    |
      | singlestepconference | devicetojoin | CONFERENCE_MEMBER_LIMIT_EXCEEDED |

  Scenario: A call is not moved to a number that does not exist
    When 101 calls 102
    And 102 answers
    And the client requests "singlesteptransfer" for 101 with
      | destination | 199 |
    Then the response fails with INVALID_DESTINATION

  Scenario: There is no call to move
    When the client requests "singlesteptransfer" for 101 with
      | destination | 103 |
    Then the response fails with NO_ACTIVE_CALL

  Scenario: There is no party to drop when there is no call
    When the client requests "dropparty" for 101 with
      | party | 102 |
    Then the response is a refusal

  Scenario: The consulted number does not exist, and the first call is taken up again
    When 101 calls 102
    And 102 answers
    And the events so far are of no interest
    And the client requests "consultation" for 101 with
      | destination | 199 |
    Then the response is a success
    And 101 has the events
      | eventtype | holding | failing | cause |
      | hold      | 101     |         |       |
      | fail      |         | 101     | 13    |
    When the client requests "reconnect" for 101
    Then the response is a success
    When the client requests "snapshot" for 101
    Then the response has
      | numcall      | 1       |
      | list.1.state | connect |

  Scenario: Six parties at most, also when two conferences meet
    When 101 calls 102
    And 102 answers
    And the client requests "singlestepconference" for 101 with
      | devicetojoin | 103    |
      | type         | active |
    And the client requests "singlestepconference" for 101 with
      | devicetojoin | 104    |
      | type         | active |
    And the client requests "singlestepconference" for 101 with
      | devicetojoin | 105    |
      | type         | active |
    And the client requests "singlestepconference" for 101 with
      | devicetojoin | 106    |
      | type         | active |
    And the client requests "consultation" for 101 with
      | destination | 107 |
    And 107 answers
    And the client requests "conference" for 101
    Then the response fails with CONFERENCE_MEMBER_LIMIT_EXCEEDED
    When the client requests "reconnect" for 101
    And the client requests "snapshot" for 101
    Then the response has
      | numcall         | 1 |
      | list.1.numparty | 6 |
