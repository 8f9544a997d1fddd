unit_compat_USE := compat
