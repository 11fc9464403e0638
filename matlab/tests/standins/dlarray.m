function array = dlarray(values, labels)
    % DLARRAY  Stand-in for the toolbox's class: values and labels of the dimensions.

    if nargin < 2
        labels = '';
    end
    array = struct('Values', values, 'Labels', labels);
end
