function values = extractdata(array)
    % EXTRACTDATA  Stand-in for the toolbox's function.

    values = array.Values;
end
