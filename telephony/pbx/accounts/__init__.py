"""SIP accounts: the program's own, those of crews, and which contact of an account is rung."""
