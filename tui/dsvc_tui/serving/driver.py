"""What stands for the terminal in a process whose screen is shown in a browser."""

from __future__ import annotations

from contextlib import suppress

from textual.drivers.web_driver import WebDriver
from textual.messages import ExitApp


class ServedDriver(WebDriver):
    """Textual's driver; it leaves when the server is gone."""

    def run_input_thread(self) -> None:
        """Hand on what is typed until the server closes its end, however it ended."""
        super().run_input_thread()
        if not self.exit_event.is_set():
            with suppress(RuntimeError):  # the loop has stopped meanwhile
                self.send_message(ExitApp())

    def stop_application_mode(self) -> None:
        """Stop, also when nobody reads that we do."""
        with suppress(BrokenPipeError):
            super().stop_application_mode()
