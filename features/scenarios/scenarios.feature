Feature: Scenarios inside a feature
  People who come, call and answer by themselves are the background of what a program does.

  Scenario: A line that is busy while the client works
    Given the default world
    And a client monitors 111
    When this is played for 5 minutes
      """
      staff: [{agents: ["12345"], stations: ["111"]}]
      behaviours: {calm: {patience: 300, talkSeconds: 30}}
      arrivals: [{to: "700", at: [10, 20], from: "61234567", behaviour: calm}]
      faults: [{at: 2m, fault: linkdown, lasting: 20}]
      expect: [{figure: answered, exactly: 2}, {figure: longestWait, atMost: 60}]
      """
    Then it was played to its end, and every expectation was met
    And 111 has the events
      | eventtype  | origcalling | callid |
      | offer      | 61234567    | A      |
      | connect    | 61234567    | A      |
      | disconnect |             | A      |
      | disconnect |             | A      |
      | idle       |             |        |
      | offer      | 61234567    | B      |
