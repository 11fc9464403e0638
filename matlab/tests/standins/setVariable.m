function input = setVariable(input, name, value)
    % SETVARIABLE  Stand-in for Simulink's function.

    input.Variables.(name) = value;
end
