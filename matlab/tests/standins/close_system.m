function close_system(name, save)
    % CLOSE_SYSTEM  Stand-in for Simulink's function: nothing is ever saved.

    assert(ischar(name) && save == 0);
end
