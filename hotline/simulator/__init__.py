"""A carrier and phones on this machine, for trying the hotline and for its tests.

Rule 1: knows Twilio's wire format and none of our code: imports nothing from hotline outside this folder.
Rule 2: refuses what Twilio would refuse, and some of what Twilio lets pass.
Rule 3: listens on the loopback address only.
"""

from hotline.simulator.account import Account
from hotline.simulator.carrier import Carrier
from hotline.simulator.faults import Fault
from hotline.simulator.messages import Bubble
from hotline.simulator.phone import Call, Phone
from hotline.simulator.server import Serving, serve

__all__ = ["Account", "Bubble", "Call", "Carrier", "Fault", "Phone", "Serving", "serve"]
