unit_web_USE := web
