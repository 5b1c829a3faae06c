Feature: Outside parties that act by themselves

  Scenario: A called party rings, answers, talks and hangs up
    Given the default world, where
      """
      outside: {"67...": {called: answer, networkSeconds: 1, ringSeconds: 4, talkSeconds: 30}}
      """
    And the client monitors 101
    When the client requests "makecall" for 101 with
      | destination | 967896789 |
    And 1 second passes
    Then 101 has the events
      | eventtype |
      | alert     |
    When 4 seconds pass
    Then 101 has the events
      | eventtype |
      | connect   |
    When 30 seconds pass
    Then 101 has the events
      | eventtype  |
      | disconnect |
      | disconnect |
      | idle       |

  Scenario: A busy party
    Given the default world, where
      """
      outside: {"67...": {called: busy}}
      """
    And the client monitors 101
    When the client requests "makecall" for 101 with
      | destination | 967896789 |
    And 0 seconds pass
    Then 101 has the events
      | eventtype | cause |
      | fail      | 3     |

  Scenario: A caller loses patience
    Given the default world
    And the client monitors 101
    When 60123456 calls 101 from outside and behaves like
      """
      patience: 20
      """
    And 20 seconds pass
    Then 101 has the events
      | eventtype  |
      | offer      |
      | disconnect |
      | disconnect |
      | idle       |

  Scenario: A caller finds its way by the keys that it presses
    Given the default world
    When 60123456 calls 721 from outside and behaves like
      """
      presses: [{digits: "2", after: 3}]
      """
    And 20 seconds pass
    And the client requests "queryacdsplit" with
      | split | 201 |
    Then the response has
      | callsqueue | 1 |
