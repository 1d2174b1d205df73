"""`make demo`: what it shows is true"""

import os
import subprocess
import sys

from settings import ROOT


def test_the_demonstration_kills_a_server_and_the_letter_arrives() -> None:
    command = (sys.executable, "-m", "tests.chaos.demo")
    shown = subprocess.run(
        command, cwd=ROOT, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=False
    )
    assert shown.returncode == 0, shown.stderr
    story = (
        "Registered",
        "kill -9",
        "emails that have arrived: 0",
        "Confirm your",
        "token=",
        "EmailConfirmed",
        "LoggedIn",
    )
    places = [shown.stdout.find(words) for words in story]
    assert -1 not in places, shown.stdout
    assert places == sorted(places)
    assert "\x1b" not in shown.stdout
