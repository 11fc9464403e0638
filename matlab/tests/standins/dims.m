function labels = dims(array)
    % DIMS  Stand-in for the toolbox's function.

    labels = array.Labels;
end
