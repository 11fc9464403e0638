function layer = filled(layer, varargin)
    % FILLED  A stand-in layer with the toolbox's defaults for what was not given.
    %
    %   layer = standin.filled(layer, 'OutputMode', 'sequence', ...).

    for k = 1:2:numel(varargin)
        if ~isfield(layer.Properties, varargin{k})
            layer.Properties.(varargin{k}) = varargin{k + 1};
        end
    end
end
