DROP TABLE platform.login_failures;
