Feature: Events as webhooks
  A program that cannot hold a connection is sent the events as HTTP requests, signed after the Standard Webhooks scheme:
  those of one call in order, each until the program has taken it.

  Background:
    Given a server that delivers to webhooks
    And the webhook "crm" is told of 101

  Scenario: The events of a call come in order, and are signed
    When 101 calls 102
    And 102 answers
    And the client requests "hold" for 101
    And 102 hangs up
    Then the webhook "crm" has taken
      | eventtype  | callid | alerting | answering | holding | releasing |
      | alert      | A      | 102      |           |         |           |
      | connect    | A      |          | 102       |         |           |
      | hold       | A      |          |           | 101     |           |
      | disconnect | A      |          |           |         | 102       |
    And everything that came to "crm" is signed with its latest secret

  Scenario: A secret is changed, and the former one signs until the next change
    When the secret of the webhook "crm" is rotated
    And 101 calls 102
    Then everything that came to "crm" is signed with its latest and its former secret
    When the secret of the webhook "crm" is rotated
    And 102 answers
    Then the latest delivery to "crm" is signed with its latest and its former secret, and with none from before

  Scenario: Whatever a target does instead of taking an event, it is tried again, and others do not notice
    Given the webhook "log" is told of 101
    When the webhook "crm" redirects
    And 101 calls 102
    And 102 answers
    Then the webhook "log" has taken
      | eventtype | callid |
      | alert     | A      |
      | connect   | A      |
    And the console shows that "crm" has trouble: redirects are not followed
    When the webhook "crm" answers garbage
    And 1.3 seconds pass
    Then the console shows that "crm" has trouble: RemoteProtocolError
    When the webhook "crm" hangs
    And 6.3 seconds pass
    And nobody waits for the network any longer
    Then the console shows that "crm" has trouble: did not answer within
    When the webhook "crm" answers by halves
    And 19 seconds pass
    And nobody waits for the network any longer
    Then the console shows that "crm" has trouble: did not answer within
    And the webhook "crm" has taken nothing more
    When the webhook "crm" takes deliveries
    And 76 seconds pass
    Then the webhook "crm" has taken
      | eventtype | callid |
      | alert     | A      |
      | connect   | A      |
    And the first event came to "crm" 5 times, under one id

  Scenario: A target that is slow delays nobody else, and is not sent anything twice
    Given the webhook "log" is told of 101
    When the webhook "crm" takes its time
    And 101 calls 102
    And 102 answers
    Then the webhook "log" has taken
      | eventtype |
      | alert     |
      | connect   |
    When the webhook "crm" takes deliveries
    Then the webhook "crm" has taken
      | eventtype |
      | alert     |
      | connect   |
    And the first event came to "crm" 1 times, under one id

  Scenario: What a target never took is a dead letter, which administrators see and send again
    When the webhook "crm" refuses
    And 101 calls 103
    And 101 hangs up
    And 5400 seconds pass
    Then there are 3 dead letters of "crm", on the console and over REST
    When the dead letters of "crm" are sent again on the console
    Then there are 3 dead letters of "crm", on the console and over REST
    When the webhook "crm" takes deliveries
    And the dead letters of "crm" are sent again over REST
    Then there are 0 dead letters of "crm", on the console and over REST
    And the webhook "crm" has taken
      | eventtype  | alerting |
      | alert      | 103      |
      | disconnect |          |
      | idle       |          |
    When the webhook "crm" is gone for good
    And 101 calls 104
    Then there is 1 dead letter of "crm", on the console and over REST
    When the webhook "crm" takes deliveries
    And the dead letters of "crm" are sent again on the console
    Then the webhook "crm" has taken
      | eventtype | alerting |
      | alert     | 104      |
