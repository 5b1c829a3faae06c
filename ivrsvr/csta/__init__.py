"""The CSTA and TSAPI vocabulary: values only. Source: ECMA-180, TSAPI; see docs/protocol.md."""
