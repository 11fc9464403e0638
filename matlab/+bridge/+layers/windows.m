function [padded, rows] = windows(layer, x, count, reach, value)
    % WINDOWS  Where a window that slides over a sequence looks.
    %
    %   [padded, rows] = bridge.layers.windows(layer, x, count, reach, value): padded
    %   is x, T x C, with rows of value before and after as Padding says. The window
    %   sees count rows, reach apart, and moves by Stride: rows(p, k) is the k-th row
    %   of padded that it sees at its position p.

    steps = size(x, 1);
    span = (count - 1) * reach + 1;
    if strcmp(layer.Padding, 'causal')
        around = [span - 1, 0];
    elseif strcmp(layer.Padding, 'same')
        % As many positions as strides begin; an odd row goes to the end.
        missing = max((ceil(steps / layer.Stride) - 1) * layer.Stride + span - steps, 0);
        around = [floor(missing / 2), ceil(missing / 2)];
    else
        around = layer.Padding;
    end
    blank = @(rows) value * ones(rows, size(x, 2), class(x));
    padded = [blank(around(1)); x; blank(around(2))];
    if size(padded, 1) < span
        error('bridge:forward:layer', 'layer ''%s'' sees %d steps at once, but is given %d', ...
              layer.Name, span, steps);
    end
    rows = (1:layer.Stride:size(padded, 1) - span + 1).' + reach * (0:count - 1);
end
