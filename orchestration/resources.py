"""What assets are given: the installation's settings."""

from dagster import ConfigurableResource

from orchestration import settings as configuration
from orchestration.settings import Settings


class Home(ConfigurableResource):
    """The runtime directory and sucharit.toml, read when a run needs them so that an edit counts at once."""

    def settings(self) -> Settings:
        """Return the settings. Raises SettingsError, whose message says what to write where."""
        return configuration.load()
