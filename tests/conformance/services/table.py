"""Every request PDU of the protocol, one row or more for each: what it does here, and how that is seen on the wire.

A row makes a scene, sends the request over TCP, and says what has to come back. The page of the manual that tells
what is covered is made from these rows.
"""

from tests.conformance.services import rows_calls, rows_escapes, rows_features, rows_watching
from tests.conformance.services.scenes import Row

ROWS: tuple[Row, ...] = (*rows_watching.ROWS, *rows_calls.ROWS, *rows_features.ROWS, *rows_escapes.ROWS)
