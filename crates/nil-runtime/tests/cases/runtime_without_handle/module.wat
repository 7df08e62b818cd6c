(module
{{runtime}})
