Feature: Trunk groups and the numbers behind them

  Scenario: The network's digits are completed to an extension
    Given the default world, where
      """
      trunkGroups: {5: {incoming: [{number: "555", length: 7, delete: 4}]}}
      """
    And the client monitors 103
    When 60123456 calls 5550103 from outside over trunk group 5
    Then 103 has the events
      | eventtype | calling  | called | trunkgroup |
      | offer     | 60123456 | 103    | 5          |

  Scenario: Who may not use an expensive route hears so
    Given the default world, where
      """
      dialPlan: {9: {trunkGroups: null, analysis: [{digits: "00", length: [6, 15], pattern: "1"}]}}
      routePatterns: {1: {preferences: [{trunkGroup: "10", frl: 3}]}}
      cors: {4: {frl: 3}}
      stations: {104: {cor: "4"}}
      """
    And the client monitors 101 and 104
    When the client requests "makecall" for 101 with
      | destination | 900123456 |
    Then 101 has the events
      | eventtype | cause |
      | fail      | 29    |
    When the client requests "makecall" for 104 with
      | destination | 900123456 |
    Then 104 has no events
    When the client requests "querytrunkgroup" with
      | tag | 410 |
    Then the response has
      | usedtrunks | 1 |

  Scenario: Two outside parties are left to each other over private lines
    Given the default world, where
      """
      system: {trunkToTrunkTransfer: restricted}
      trunkGroups: {5: {network: private}}
      """
    When 60123456 calls 101 from outside over trunk group 5, call A
    And 101 answers
    And the client requests "consultation" for 101 with
      | destination | 967896789 |
    And the client requests "transfer" for 101
    Then the response is a success
    When the client requests "snapshot" for 101
    Then the response has
      | numcall | 0 |
