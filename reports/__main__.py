"""python3 -I reports VERB ...: what `splitscope report|compare|gate|baseline` start.

Isolated: neither the current folder nor the user's settings of Python have a say, because a module of
the user's that happens to be called as one of ours would decide about a verdict.
"""

import os
import sys

if __name__ == "__main__":
    if not sys.flags.isolated or not sys.flags.utf8_mode:
        own = os.path.dirname(os.path.abspath(__file__))
        options = ["-I", "-B", "-X", "utf8", "-W", "ignore"]
        os.execv(sys.executable, [sys.executable, *options, own, *sys.argv[1:]])
    from splitscope_reports.start import start

    start(sys.argv[1:])
