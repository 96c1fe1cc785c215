"""A local Twilio simulator with phones, for trying out and testing the hotline.

Rule 1: it knows Twilio's wire format and none of our code: it imports nothing of the project outside this folder.
Rule 2: it refuses what Twilio would refuse, and some of what Twilio accepts.
Rule 3: it listens on the loopback address only.
"""

from devtools.twilio_sim.account import Account
from devtools.twilio_sim.carrier import Carrier
from devtools.twilio_sim.faults import Fault
from devtools.twilio_sim.messages import Bubble
from devtools.twilio_sim.phone import Call, Phone
from devtools.twilio_sim.server import Serving, serve

__all__ = ["Account", "Bubble", "Call", "Carrier", "Fault", "Phone", "Serving", "serve"]
