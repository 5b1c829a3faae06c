"""The conversation between a TSAPI client and an AES, both ends, without sockets or clocks.

An end is fed octets and the time, gives events, octets to send and the time at which it wants to be called again:

    events = end.receive(octets, now)      # also end.expire(now), when end.deadline has come
    socket.write(end.data_to_send())

`client_end.ClientEnd` opens a stream and asks; `server_end.ServerEnd` is asked and answers, the name service included;
`name_query.NameQuery` asks the name service. `channel.Channel` is what they share: frames and PDUs.
"""
