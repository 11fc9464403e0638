function input = SimulationInput(name)
    % SIMULATIONINPUT  Stand-in for Simulink's class: a model's name and variables.

    input = struct('Name', name, 'Variables', struct());
end
