unit_config_USE := config
