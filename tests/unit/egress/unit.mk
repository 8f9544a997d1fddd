unit_egress_USE := egress
