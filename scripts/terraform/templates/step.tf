  at@N@ = [for number, nodes in local.at@BEFORE@ : concat(
    [for node in nodes : node if length(local.paths[number]) < @N@],
    flatten([for step in try([local.paths[number][@BEFORE@]], []) : [
      for node in flatten([for one in nodes : try([one[step.key]], [])]) : node if node != null && alltrue([
        for where in [step.where] : length(where) == 0 || anytrue([for tests in where : alltrue([for test in tests : alltrue([
          for text in [try(@INNER@, "")] :
          (test.kind == "set" ? !contains(local.nothing, text) : test.kind == "is" ? text == test.text : strcontains(text, test.text)) != test.not
        ])])])
      ])
    ]])
  )]
