Feature: User data go wherever the call goes
  What was given with a call comes out at everybody that the call reaches: transferred, joined, queued, covered or
  forwarded. "Grüße" are no ASCII, so they are stored, and travel under a key; "order 4711" travels as it is.

  Scenario: Through a consultation, a transfer, and the next application
    Given the default world
    And a client monitors 101, 102, 103
    When 60123456 calls 101 from outside with the data "order 4711"
    And 101 answers
    And the client requests "consultation" for 101 with
      | destination | 102            |
      | data        | Grüße von 101  |
    And 102 answers
    Then 102 has the events
      | eventtype | uui | custdata      | origcalling |
      | offer     | K   | Grüße von 101 | 60123456    |
      | connect   | K   | Grüße von 101 | 60123456    |
    And 101 has the events
      | eventtype | uui        | custdata      |
      | offer     | order 4711 | order 4711    |
      | connect   | order 4711 | order 4711    |
      | hold      |            |               |
      | alert     | K          | Grüße von 101 |
      | connect   | K          | Grüße von 101 |
    When the client requests "transfer" for 101
    Then 102 has the events
      | eventtype | uui        | custdata   | cusdata    |
      | transfer  | order 4711 | order 4711 | order 4711 |
    When the client requests "userdata" for 102 with
      | type | alert |
    Then the response has
      | userdata | Grüße von 101 |
      | cli      | 60123456      |
    When the client requests "consultation" for 102 with
      | destination | 103 |
    Then 103 has the events
      | eventtype | custdata      | origcalling |
      | offer     | Grüße von 101 | 60123456    |

  Scenario: Data that were changed meanwhile arrive as they are now
    Given the default world
    And a client monitors 102, 103
    When the client requests "makecall" for 101 with
      | destination | 102         |
      | data        | Grüße, eins |
    Then 102 has the events
      | eventtype | uui | custdata    |
      | offer     | K   | Grüße, eins |
    When the client requests "userdata" for 102 with
      | type | update      |
      | uui  | K           |
      | data | Grüße, zwei |
    And 102 answers
    Then 102 has the events
      | eventtype | uui | custdata    |
      | connect   | K   | Grüße, zwei |
    When the client requests "userdata" for 102 with
      | type | alert |
    Then the response has
      | userdata | Grüße, zwei |
    When the client requests "transfer" for 102 with
      | destination | 103 |
    Then 103 has the events
      | eventtype | custdata    |
      | offer     | Grüße, zwei |
      | transfer  | Grüße, zwei |

  Scenario: Through a single-step transfer, with data of its own
    Given the default world
    And a client monitors 103
    When the client requests "makecall" for 101 with
      | destination | 102         |
      | data        | Grüße, eins |
    And 102 answers
    And the client requests "transfer" for 102 with
      | destination | 103        |
      | data        | Grüße, neu |
    Then the response is a success
    And 103 has the events
      | eventtype | custdata    |
      | offer     | Grüße, neu  |
      | transfer  | Grüße, eins |

  Scenario: Through a conference, and out of it with the party that leaves
    Given the default world
    And a client monitors 101, 103
    When the client requests "makecall" for 101 with
      | destination | 102         |
      | data        | Grüße, eins |
    And 102 answers
    And the client requests "consultation" for 101 with
      | destination | 103         |
      | data        | Grüße, zwei |
    And 103 answers
    And the client requests "conference" for 101
    Then 103 has the events
      | eventtype  | custdata    | cusdata     |
      | offer      | Grüße, zwei |             |
      | connect    | Grüße, zwei |             |
      | conference | Grüße, eins | Grüße, eins |
    When the events so far are of no interest
    And the client requests "dropparty" for 101 with
      | party | 102         |
      | data  | Grüße, drei |
    Then 103 has the events
      | eventtype  | releasing | custdata    |
      | disconnect | 102       | Grüße, drei |
    When the client requests "userdata" for 103 with
      | type | hangup |
    Then the response has
      | releasing | 102         |
      | userdata  | Grüße, drei |

  Scenario: Through a VDN, its vector and the queue, to the agent, and on
    Given the default world
    And a client monitors 103, 111
    When the client requests "makecall" for 101 with
      | destination | 700         |
      | data        | Grüße, eins |
    And 60123456 calls 700 from outside with the data "order 4711"
    And 5 seconds pass
    And the client requests "login" for 111 with
      | agentid | 12345 |
      | passwd  | 67890 |
    And the client requests "setstate" for 111 with
      | state | auto |
    And 111 answers
    Then 111 has the events
      | eventtype | calling | called | split | custdata    |
      | offer     | 101     | 700    | 201   | Grüße, eins |
      | connect   | 101     | 700    | 201   | Grüße, eins |
    When the client requests "hangup" for 111 with
      | data | Grüße zum Abschied |
    Then 111 has the events
      | eventtype  | custdata           |
      | disconnect | Grüße zum Abschied |
      | idle       |                    |
      | offer      | order 4711         |
    When 111 answers
    And the client requests "transfer" for 111 with
      | destination | 103 |
    Then 103 has the events
      | eventtype | uui        | custdata   | origcalled |
      | offer     | order 4711 | order 4711 | 700        |
      | transfer  | order 4711 | order 4711 |            |

  Scenario: To where the call is covered or forwarded
    Given the default world, where
      """
      stations: {102: {coveragePath: "5"}}
      """
    And a client monitors 105, 109
    When the client requests "makecall" for 101 with
      | destination | 102         |
      | data        | Grüße, eins |
    And 30 seconds pass
    Then 109 has the events
      | eventtype | called | lastredirection | custdata    |
      | offer     | 102    | 102             | Grüße, eins |
    When 109 answers
    Then 109 has the events
      | eventtype | custdata    |
      | connect   | Grüße, eins |
    When the client requests "setforwarding" for 103 with
      | destination | 105  |
      | fwd         | true |
    And the client requests "makecall" for 106 with
      | destination | 103         |
      | data        | Grüße, zwei |
    Then 105 has the events
      | eventtype | called | lastredirection | custdata    |
      | offer     | 103    | 103             | Grüße, zwei |
    When the client requests "deflectcall" for 105 with
      | destination | 107 |
    And the client requests "userdata" for 105 with
      | type | alert |
    Then the response has
      | called   | 103         |
      | userdata | Grüße, zwei |

  Scenario: Over a link with room for 32 octets, keys travel as octets
    Given the default world, where
      """
      aes: {privateDataMax: 5}
      """
    And a client monitors 101, 102
    When the client requests "makecall" for 101 with
      | destination | 102         |
      | data        | Grüße, eins |
    And 102 answers
    And the client requests "hangup" for 101 with
      | data | more than 32 characters, which do not fit |
    Then 102 has the events
      | eventtype  | uui | custdata                                  |
      | offer      | K   | Grüße, eins                               |
      | connect    | K   | Grüße, eins                               |
      | disconnect | U   | more than 32 characters, which do not fit |
      | disconnect | U   | more than 32 characters, which do not fit |
      | idle       |     |                                           |
    When the client requests "userdata" for 102 with
      | type | get |
      | uui  | K   |
    Then the response has
      | data | Grüße, eins |
    When the events so far are of no interest
    And the client requests "makecall" for 101 with
      | destination | 102                              |
      | data        | 32 characters, 32 characters, 32 |
    Then 102 has the events
      | eventtype | uui                              | custdata                         |
      | offer     | 32 characters, 32 characters, 32 | 32 characters, 32 characters, 32 |
    When 60123456 calls 102 from outside with the data "<K>"
    Then 102 has the events
      | eventtype | uui         | custdata | custdatafault |
      | offer     | FCCCCCCC<L> | ""       | F             |

  Scenario: Over a link without private data nothing can travel, and nobody is called in vain
    Given the default world, where
      """
      aes: {stream: {privateData: ""}}
      """
    And a client monitors 102
    When the client requests "makecall" for 101 with
      | destination | 102        |
      | data        | order 4711 |
    Then the response fails with INVALID_FEATURE
    And 102 has no events
    When the client requests "makecall" for 101 with
      | destination | 102 |
    Then the response is a success
