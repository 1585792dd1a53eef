# SPDX-License-Identifier: MIT
"""A station whose bus has the policy that is shipped, with root and the web's user on it. www-data stands in for
sixpin-web, as every Debian has it; only root can be both. Without root there is one user, who is the web's: what needs
another is for the button."""
import os
import pwd
import subprocess

from station import ROOT, Station

IS_ROOT = os.getuid() == 0
WEB = "www-data" if IS_ROOT else pwd.getpwuid(os.getuid()).pw_name
POLICY = os.path.join(ROOT, "rootfs/usr/share/dbus-1/system.d/org.sixpin.Station1.conf")
BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
  "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path={path}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <deny own="*"/>
    <deny send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
    <allow receive_type="signal"/>
    <allow send_destination="org.freedesktop.DBus"/>
  </policy>
  <include>{policy}</include>
</busconfig>
"""


def as_web():
    """Before a command's words."""
    return ("setpriv", f"--reuid={WEB}", f"--regid={WEB}", "--clear-groups") if IS_ROOT else ()


class UsersStation(Station):
    """Root and www-data on one bus, as on a Pi."""

    def __init__(self, conf="", **more):
        super().__init__(conf=f"[access]\nweb-user={WEB}\n{conf}", **more)
        os.chmod(self.folder, 0o755)

    def start_bus(self):
        if not IS_ROOT:
            super().start_bus()
            return
        path = os.path.join(self.folder, "bus")
        if os.path.exists(path):
            os.unlink(path)
        self.address = f"unix:path={path}"
        with open(POLICY) as policy:
            text = policy.read()
        text = text.replace('user="sixpin-web"', f'user="{WEB}"').replace('user="sixpin"', 'user="daemon"')
        self.file("policy.conf", text.replace('group="sixpin"', 'group="games"'))
        conf = self.file("bus.conf", BUS.format(path=path, policy=os.path.join(self.folder, "policy.conf")))
        self.bus = subprocess.Popen(["dbus-daemon", f"--config-file={conf}", "--nofork", "--nopidfile"],
                                    stderr=subprocess.DEVNULL)
        self.wait(lambda: os.path.exists(path), "the bus")
