Feature: User data travels with the call
  What one program gives with a call, the program at the other end gets.

  Background:
    Given the default world
    And a client monitors 101, 102

  Scenario: The data of a call reach the called party
    When the client requests "makecall" for 101 with
      | destination | 102         |
      | data        | hello world |
    Then the response is a success
    And 102 has the events
      | eventtype | custdata    |
      | offer     | hello world |
    And 101 has the events
      | eventtype | custdata    |
      | alert     | hello world |

  Scenario: Data from outside are passed on as they are
    When 60123456 calls 101 from outside with the data "order 4711"
    Then 101 has the events
      | eventtype | uui        |
      | offer     | order 4711 |

  @clients
  Scenario: The data of a consultation reach the consulted party
    Given a client monitors 103
    When 101 calls 102
    And 102 answers
    And the client requests "consultation" for 101 with
      | destination | 103            |
      | data        | wants a refund |
    Then the response is a success
    And 103 has the events
      | eventtype | custdata       |
      | offer     | wants a refund |

  Scenario: The data of a hang-up reach the other party
    When 101 calls 102
    And 102 answers
    And the events so far are of no interest
    And the client requests "hangup" for 101 with
      | data | bye |
    Then the response is a success
    And 102 has the events
      | eventtype  | releasing | uui | custdata |
      | disconnect | 101       | U   | bye      |
      | disconnect | 102       | U   | bye      |
      | idle       |           |     |          |

  Scenario: Data are stored, read and changed by their key
    When the client requests "userdata" for 101 with
      | type | set          |
      | data | first things |
    Then the response is a success
    And the response has
      | uui | K |
    When the client requests "userdata" for 101 with
      | type | get |
      | uui  | K   |
    Then the response has
      | data | first things |
    When the client requests "userdata" for 101 with
      | type | update        |
      | uui  | K             |
      | data | second things |
    Then the response is a success
    When the client requests "userdata" for 101 with
      | type | get |
      | uui  | K   |
    Then the response has
      | data | second things |

  Scenario: There are no data under that key
    When the client requests "userdata" for 101 with
      | type | get                                          |
      | uui  | FCCCCCCC0000000156A853617F00000113EC0000FFFF |
    Then the response fails with USERDATA_NOT_FOUND

  Scenario: The last call that rang is remembered
    When 60123456 calls 101 from outside over trunk group 5, call A
    And the client requests "userdata" for 101 with
      | type | alert |
    Then the response has
      | callid     | A        |
      | calling    | 60123456 |
      | called     | 101      |
      | alerting   | 101      |
      | cli        | 60123456 |
      | dnis       | 101      |
      | trunkgroup | 5        |

  Scenario: The last party that left is remembered
    When 101 calls 102
    And 102 answers
    And 102 hangs up
    And the client requests "userdata" for 101 with
      | type | hangup |
    Then the response is a success
    And the response has
      | callid | A |
