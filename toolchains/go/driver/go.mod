module driver

go 1.27
