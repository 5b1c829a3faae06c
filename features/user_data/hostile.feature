Feature: User data that cannot be trusted, and services that fail
  Whatever comes with a call, its events come, and say why its data do not.

  Scenario: The user-to-user information of others is left as it is
    Given the default world
    And a client monitors 101, 102
    When 60123456 calls 101 from outside with the data "00C8046162636400;encoding=hex"
    And 60123456 calls 101 from outside with the data "fccccccc0000000156a853617f00000113ec00000005"
    And 60123456 calls 101 from outside with the data "FCCCCCCC0000000156A853617F00000113EC0000000"
    And 60123456 calls 102 from outside with the data "FCCCCCCC0000000156A853617F00000113EC00000005"
    Then 101 has the events
      | eventtype | uui                                          | custdata                                     |
      | offer     | 00C8046162636400;encoding=hex                | 00C8046162636400;encoding=hex                |
      | offer     | fccccccc0000000156a853617f00000113ec00000005 | fccccccc0000000156a853617f00000113ec00000005 |
      | offer     | FCCCCCCC0000000156A853617F00000113EC0000000  | FCCCCCCC0000000156A853617F00000113EC0000000  |
    And 102 has the events
      | eventtype | uui                                          | custdata |
      | offer     | FCCCCCCC0000000156A853617F00000113EC00000005 | ""       |

  Scenario: A key that names somebody else's address calls nobody
    Given a server with the settings
      | uuisvr_listen | true |
    And a user-data service at D that lies
    And K is a key of that service
    And a client monitors 101
    When 60123456 calls 101 from outside with the data "<K>"
    Then 101 has the events
      | eventtype | uui | custdata | custdatafault                                          |
      | offer     | K   | ""       | the key names <D>, which is not one of ivr_uuisvr_peers |
    When the client requests "userdata" for 101 with
      | type | get |
      | uui  | K   |
    Then the response fails with USERDATA_NOT_FOUND
    When the client requests "userdata" for 101 with
      | type | update |
      | uui  | K      |
      | data | mine   |
    Then the response fails with USERDATA_NOT_FOUND
    And that service was not asked

  Scenario: Data have expired
    Given a server with the settings
      | ivr_uuisvr_age | 60 |
    And a client monitors 103
    When the client requests "makecall" for 101 with
      | destination | 103         |
      | data        | Grüße, eins |
    And 61 seconds pass
    And 103 answers
    Then 103 has the events
      | eventtype | uui | custdata    |
      | offer     | K   | Grüße, eins |
      | connect   | K   | ""          |
    When the client requests "userdata" for 103 with
      | type | get |
      | uui  | K   |
    Then the response fails with USERDATA_NOT_FOUND

  Scenario Outline: The service that the key names fails
    Given a server with the settings
      | uuisvr_listen | true |
    And a user-data service at D that <fails>
    And K is a key of that service
    And client B is at another server, on the same switch, with the settings
      | ivr_uuisvr_peers | D |
    And client B monitors 101
    When 60123456 calls 101 from outside with the data "<K>", call A
    And 101 answers
    And 1 second passes
    Then for client B, 101 has the events
      | eventtype | callid | uui | custdata | custdatafault |
      | offer     | A      | K   | ""       | <fault>       |
      | connect   | A      | K   | ""       | <fault>       |
    When client B requests "userdata" for 101 with
      | type | get |
      | uui  | K   |
    Then the response fails with USERDATA_SERVICE_FAILED
    When client B requests "hangup" for 101
    Then the response is a success

    Examples:
      | fails         | fault                                                                  |
      | is down       | the user-data service at <D> cannot be reached (ConnectError)          |
      | never answers | no answer within 1 s                                                   |
      | lies          | the user-data service at <D> answered another key than it was asked for |

  Scenario: The service that keeps the data is down
    Given the default world
    And a user-data service at D that is down
    And client B is at another server, on the same switch, with the settings
      | ivr_uuisvr | D |
    And client B monitors 102
    When client B requests "makecall" for 101 with
      | destination | 102         |
      | data        | Grüße, eins |
    Then the response fails with USERDATA_SERVICE_FAILED
    And for client B, 102 has no events
    When client B requests "makecall" for 101 with
      | destination | 102        |
      | data        | order 4711 |
    Then the response is a success
    And for client B, 102 has the events
      | eventtype | custdata   |
      | offer     | order 4711 |
