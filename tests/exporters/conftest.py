"""A project folder as a user has it."""

from tests.stories.conftest import project as project
