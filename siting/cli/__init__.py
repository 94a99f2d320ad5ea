"""The command ``siting``: arguments, log, progress and exit codes; nothing is computed here."""

from .command import main as main
