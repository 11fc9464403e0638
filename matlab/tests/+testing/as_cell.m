function cells = as_cell(value)
    % AS_CELL  What may be a cell array or not, as one.
    %
    %   cells = testing.as_cell(y) is y, or {y}.

    cells = value;
    if ~iscell(cells)
        cells = {cells};
    end
end
