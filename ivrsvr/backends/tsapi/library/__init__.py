"""The vendor's client library (libcsta.so, csta32.dll) through its C interface, in place of the protocol in Python.

Its structures have the fields of the protocol's PDUs in the same order, so the declarations of `ivrsvr.csta` say how
they lie in memory (`layout`) and how they are read and written (`memory`). `functions` is the table of its calls,
`binding` the calls themselves, `client` one stream. Private data pass as octets, which the codec makes and reads.

The 32-bit layout is verified against a real library; the 64-bit one follows from the rules of the platform, and the
first event of a stream is checked against it.
"""
