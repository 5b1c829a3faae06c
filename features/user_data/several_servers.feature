Feature: User data find their way between servers
  A key says which user-data service holds the text. Servers ask that one, on one switch or several, if it is among those
  that they were told of; no other is ever asked.

  Scenario: Two servers on one switch, of which one asks the other
    Given a server with the settings
      | uuisvr_listen | true |
    And D is where others ask the server for user data
    And client B is at another server, on the same switch, with the settings
      | ivr_serverid     | 2 |
      | ivr_uuisvr_peers | D |
    And a client monitors 101
    And client B monitors 102
    When the client requests "makecall" for 101 with
      | destination | 102         |
      | data        | Grüße, eins |
    Then for client B, 102 has the events
      | eventtype | uui | custdata    |
      | offer     | K   | Grüße, eins |
    When client B requests "userdata" for 102 with
      | type | update      |
      | uui  | K           |
      | data | Grüße, zwei |
    Then the response is a success
    When the client requests "userdata" for 101 with
      | type | get |
      | uui  | K   |
    Then the response has
      | data | Grüße, zwei |
    When client B requests "answer" for 102
    Then for client B, 102 has the events
      | eventtype | custdata    |
      | connect   | Grüße, zwei |
    When client B requests "hangup" for 102 with
      | data | bye, in ASCII |
    Then 101 has the events
      | eventtype  | custdata      |
      | alert      |               |
      | connect    | Grüße, zwei   |
      | disconnect | bye, in ASCII |
      | disconnect | bye, in ASCII |
      | idle       |               |

  Scenario: Two switches, one user-data service
    Given a server with the settings
      | uuisvr_listen | true |
    And D is where others ask the server for user data
    And client B is at another server, on another switch, with the settings
      | ivr_serverid | 2 |
      | ivr_uuisvr   | D |
    And a client monitors 101
    And client B monitors 102, 103
    When the client requests "makecall" for 101 with
      | destination | 8102        |
      | data        | Grüße, eins |
    Then for client B, 102 has the events
      | eventtype | calling | called | uui | custdata    | trunkgroup |
      | offer     | 101     | 102    | K   | Grüße, eins | 7          |
    When client B requests "answer" for 102
    And client B requests "transfer" for 102 with
      | destination | 103 |
    Then for client B, 103 has the events
      | eventtype | uui | custdata    | origcalling |
      | offer     | K   | Grüße, eins | 101         |
      | transfer  | K   | Grüße, eins |             |
    And 101 has the events
      | eventtype | called |
      | alert     | 102    |
      | connect   | 102    |
    When client B requests "answer" for 103
    And client B requests "hangup" for 103 with
      | data | Grüße zurück |
    Then 101 has the events
      | eventtype  | custdata     |
      | disconnect | Grüße zurück |
      | disconnect | Grüße zurück |
      | idle       |              |
    When client B requests "makecall" for 103 with
      | destination | 8101       |
      | data        | order 4711 |
    Then 101 has the events
      | eventtype | calling | custdata   |
      | offer     | 103     | order 4711 |

  Scenario: Another switch whose server was not told of the first one
    Given a server with the settings
      | uuisvr_listen | true |
    And D is where others ask the server for user data
    And client B is at another server, on another switch
    And client B monitors 102
    When the client requests "makecall" for 101 with
      | destination | 8102        |
      | data        | Grüße, eins |
    Then for client B, 102 has the events
      | eventtype | uui | custdata | custdatafault                                          |
      | offer     | K   | ""       | the key names <D>, which is not one of ivr_uuisvr_peers |
    When client B requests "userdata" for 102 with
      | type | get |
      | uui  | K   |
    Then the response fails with USERDATA_NOT_FOUND
    When client B requests "transfer" for 102 with
      | destination | 103 |
    Then the response is a refusal

  Scenario: The server that set them is lost
    Given a server with the settings
      | uuisvr_listen | true |
    And D is where others ask the server for user data
    And client B is at another server, on the same switch, with the settings
      | ivr_uuisvr | D |
    And a client monitors 102
    When client B requests "makecall" for 101 with
      | destination | 102         |
      | data        | Grüße, eins |
    And the server of client B is lost
    And 102 answers
    Then 102 has the events
      | eventtype | custdata    |
      | offer     | Grüße, eins |
      | connect   | Grüße, eins |

