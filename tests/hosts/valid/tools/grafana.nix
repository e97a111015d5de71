# What TOML cannot say: a value that another option of the host makes.
{ config, ... }:
{
  services.grafana.settings.server.domain = config.networking.hostName;
}
